"""Sensors of Decentlab's models, in the order of the mask: words of each, and what they mean."""

from __future__ import annotations

from lakehouse.ingest.lorawan.codecs.decentlab_sensors import (
    BATTERY,
    PRESSURE,
    ROAD,
    SHT,
    SHT21,
    SIGNED,
    SOIL,
    Sensor,
    Value,
    albedo,
    illuminance,
    sensor,
    topp,
    total,
    word,
)

DISTANCES = ("average", "minimum", "maximum", "median", "10th_percentile", "25th_percentile", "75th_percentile",
             "90th_percentile", "most_frequent_value")  # fmt: skip
MASSES = ("pm1_0", "pm2_5", "pm4", "pm10")
NUMBERS = ("pm0_5", *MASSES)


def _pulses(name: str = "") -> Sensor:
    return sensor(
        4,
        word(0, f"{name}pulse_count"),
        word(1, f"{name}pulse_interval", "s"),
        total(2, f"{name}cumulative_pulse_count"),
    )


def _profile(first: int) -> Sensor:
    """Six levels of a soil profile: moisture of each, then temperature of each, then salinity of each."""
    return sensor(
        18,
        *(word(i, f"moisture_at_level_{first + i}", "%", zero=SIGNED, over=100) for i in range(6)),
        *(word(6 + i, f"temperature_at_level_{first + i}", "degC", zero=SIGNED, over=100) for i in range(6)),
        *(word(12 + i, f"salinity_at_level_{first + i}", zero=100) for i in range(6)),
    )


MODELS: dict[str, tuple[Sensor, ...]] = {
    "dl-5tm": (
        sensor(
            2,
            word(0, "dielectric_permittivity", over=50),
            Value("volumetric_water_content", "m3/m3", topp),
            word(1, "soil_temperature", "degC", zero=400, over=10),
        ),
        BATTERY,
    ),
    "dl-alb": (
        sensor(
            2,
            word(0, "incoming_radiation", "W/m2", zero=SIGNED, over=10),
            word(1, "reflected_radiation", "W/m2", zero=SIGNED, over=10),
            Value("albedo", "", albedo),
        ),
        BATTERY,
    ),
    "dl-atm22": (
        sensor(
            8,
            word(0, "wind_speed", "m/s", zero=SIGNED, over=100),
            word(1, "wind_direction", "deg", zero=SIGNED, over=10),
            word(2, "maximum_wind_speed", "m/s", zero=SIGNED, over=100),
            word(3, "air_temperature", "degC", zero=SIGNED, over=10),
            word(4, "x_orientation_angle", "deg", zero=SIGNED, over=10),
            word(5, "y_orientation_angle", "deg", zero=SIGNED, over=10),
            word(6, "north_wind_speed", "m/s", zero=SIGNED, over=100),
            word(7, "east_wind_speed", "m/s", zero=SIGNED, over=100),
        ),
        BATTERY,
    ),
    "dl-atm41": (
        sensor(
            17,
            word(0, "solar_radiation", "W/m2", zero=SIGNED),
            word(1, "precipitation", "mm", zero=SIGNED, over=1000),
            word(2, "lightning_strike_count", zero=SIGNED),
            word(3, "lightning_average_distance", "km", zero=SIGNED),
            word(4, "wind_speed", "m/s", zero=SIGNED, over=100),
            word(5, "wind_direction", "deg", zero=SIGNED, over=10),
            word(6, "maximum_wind_speed", "m/s", zero=SIGNED, over=100),
            word(7, "air_temperature", "degC", zero=SIGNED, over=10),
            word(8, "vapor_pressure", "kPa", zero=SIGNED, over=100),
            word(9, "atmospheric_pressure", "kPa", zero=SIGNED, over=100),
            word(10, "relative_humidity", "%", zero=SIGNED, over=10),
            word(11, "sensor_temperature_internal", "degC", zero=SIGNED, over=10),
            word(12, "x_orientation_angle", "deg", zero=SIGNED, over=10),
            word(13, "y_orientation_angle", "deg", zero=SIGNED, over=10),
            word(14, "compass_heading", "deg", zero=SIGNED),
            word(15, "north_wind_speed", "m/s", zero=SIGNED, over=100),
            word(16, "east_wind_speed", "m/s", zero=SIGNED, over=100),
        ),
        BATTERY,
    ),
    "dl-ctd10": (
        sensor(
            4,
            word(0, "water_depth", "mm", zero=SIGNED),
            word(1, "temperature", "degC", zero=SIGNED, over=10),
            word(2, "electrical_conductivity", "uS/cm"),
            word(3, "freezing_flag"),
        ),
        BATTERY,
    ),
    "dl-cws": (ROAD, BATTERY),
    "dl-cws2": (
        sensor(2, *(value._replace(quantity=f"{value.quantity}_radiation_shield") for value in SHT.values)),
        ROAD,
        BATTERY,
    ),
    "dl-dlr2-002": (_pulses(), BATTERY),
    "dl-dlr2-010": (_pulses("ch0_"), _pulses("ch1_"), BATTERY),
    "dl-ds18": (sensor(1, word(0, "temperature", "degC", zero=SIGNED, over=16)), BATTERY),
    "dl-gmm": (
        sensor(
            7,
            word(0, "photosynthetically_active_radiation", "umol/(m2.s)", zero=SIGNED, over=10),
            word(1, "air_temperature", "degC", zero=SIGNED, over=100),
            word(2, "air_humidity", "%", zero=SIGNED, over=10),
            word(3, "co2_concentration", "ppm", zero=SIGNED),
            word(4, "atmospheric_pressure", "kPa", zero=SIGNED, over=100),
            word(5, "vapor_pressure_deficit", "kPa", zero=SIGNED, over=100),
            word(6, "dew_point", "degC", zero=SIGNED, over=100),
        ),
        BATTERY,
    ),
    "dl-iam": (
        BATTERY,
        SHT,
        sensor(1, PRESSURE),
        sensor(
            2,
            word(0, "ambient_light_visible_infrared"),
            word(1, "ambient_light_infrared"),
            Value("illuminance", "lx", illuminance),
        ),
        sensor(
            3, word(0, "co2_concentration", "ppm", zero=SIGNED), word(1, "co2_sensor_status"), word(2, "raw_ir_reading")
        ),
        sensor(1, word(0, "activity_counter")),
        sensor(1, word(0, "total_voc", "ppb")),
    ),
    "dl-lid": (
        sensor(
            11,
            *(word(i, f"distance_{which}", "mm") for i, which in enumerate(DISTANCES)),
            word(9, "number_of_samples"),
            word(10, "total_acquisition_time", "ms", over=1.024),
        ),
        BATTERY,
    ),
    "dl-lp8p": (
        SHT21,
        sensor(
            2,
            word(0, "barometer_temperature", "degC", zero=5000, over=100),
            word(1, "barometric_pressure", "Pa", times=2),
        ),
        sensor(
            8,
            word(0, "co2_concentration", "ppm", zero=SIGNED),
            word(1, "co2_concentration_lpf", "ppm", zero=SIGNED),
            word(2, "co2_sensor_temperature", "degC", zero=SIGNED, over=100),
            word(3, "capacitor_voltage_1", "V", over=1000),
            word(4, "capacitor_voltage_2", "V", over=1000),
            word(5, "co2_sensor_status"),
            word(6, "raw_ir_reading"),
            word(7, "raw_ir_reading_lpf"),
        ),
        BATTERY,
    ),
    "dl-mbx": (sensor(2, word(0, "distance", "mm"), word(1, "number_of_valid_samples")), BATTERY),
    "dl-ntu": (
        sensor(
            5,
            word(0, "status"),
            word(1, "temperature", "degC", zero=SIGNED, over=100),
            word(2, "turbidity_in_ntu", "NTU", over=10),
            word(3, "turbidity_in_fnu", "FNU", over=10),
            word(4, "turbidity_in_mg_l", "mg/l", over=10),
        ),
        BATTERY,
    ),
    "dl-optod": (
        sensor(
            5,
            word(0, "status"),
            word(1, "temperature", "degC", zero=SIGNED, over=100),
            word(2, "oxygen_saturation", "%", zero=SIGNED, over=100),
            word(3, "oxygen_concentration", "mg/l", zero=SIGNED, over=100),
            word(4, "oxygen_concentration_alt", "ppm", zero=SIGNED, over=100),
        ),
        BATTERY,
    ),
    "dl-par": (
        sensor(1, word(0, "photosynthetically_active_radiation", "umol/(m2.s)", zero=SIGNED, times=15000, over=SIGNED)),
        BATTERY,
    ),
    "dl-pheht": (
        sensor(
            5,
            word(0, "status"),
            word(1, "temperature", "degC", zero=SIGNED, over=100),
            word(2, "ph", zero=SIGNED, over=100),
            word(3, "redox", "mV", zero=SIGNED, over=10),
            word(4, "ph_mv", "mV", zero=SIGNED, over=10),
        ),
        BATTERY,
    ),
    "dl-pm": (
        BATTERY,
        sensor(
            10,
            *(word(i, f"{size}_mass_concentration", "ug/m3", over=10) for i, size in enumerate(MASSES)),
            word(4, "typical_particle_size", "nm"),
            *(word(5 + i, f"{size}_number_concentration", over=10) for i, size in enumerate(NUMBERS)),
        ),
        SHT21,
        sensor(1, PRESSURE),
    ),
    "dl-pyr": (sensor(1, word(0, "total_solar_radiation", "W/m2", zero=SIGNED, times=15000, over=SIGNED)), BATTERY),
    "dl-sdd": (_profile(0), _profile(6), BATTERY),
    "dl-sht35": (SHT, BATTERY),
    "dl-smtp": (
        sensor(
            16,
            *(
                value
                for i in range(8)
                for value in (
                    word(2 * i, f"soil_moisture_at_depth_{i}", zero=2500, over=500, empty=0),
                    word(2 * i + 1, f"soil_temperature_at_depth_{i}", "degC", zero=SIGNED, over=100, empty=0),
                )
            ),
        ),
        BATTERY,
    ),
    "dl-tbrg": (
        sensor(
            4,
            word(0, "precipitation", "mm", times=0.1),
            word(1, "precipitation_interval", "s"),
            total(2, "cumulative_precipitation", "mm", times=0.1),
        ),
        BATTERY,
    ),
    "dl-tp": (
        sensor(
            16,
            *(word(i, f"temperature_at_level_{i}", "degC", zero=SIGNED, over=100, empty=0) for i in range(16)),
        ),
        BATTERY,
    ),
    "dl-trs11": (sensor(2, *SOIL), BATTERY),
    "dl-trs12": (sensor(3, *SOIL, word(2, "electrical_conductivity", "uS/cm")), BATTERY),
    "dl-trs21": (
        sensor(
            2,
            word(0, "water_potential", "kPa", over=-10),
            word(1, "soil_temperature", "degC", zero=SIGNED, over=10),
        ),
        BATTERY,
    ),
    "dl-wrm": (
        SHT,
        sensor(
            2,
            word(0, "surface_temperature", "degC", zero=1000, over=10),
            word(1, "head_temperature", "degC", zero=1000, over=10),
        ),
        BATTERY,
    ),
}
