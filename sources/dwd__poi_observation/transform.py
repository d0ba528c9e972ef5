"""The lines below the header, and one time out of two columns."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

# units as the file writes them; they stand in its second line
UNITS = {
    "%": (
        "cloud_cover_total",
        "relative_humidity",
    ),
    "Grad C": (
        "temperature_2m_mean_previous_day",
        "dew_point_2m",
        "temperature_2m",
        "temperature_2m_maximum_previous_day",
        "temperature_2m_maximum_last_12_hours",
        "temperature_5cm_minimum_previous_day",
        "temperature_2m_minimum_previous_day",
        "temperature_2m_minimum_last_12_hours",
        "temperature_5cm_minimum_last_12_hours",
        "water_temperature",
        "temperature_5cm",
    ),
    "cm": (
        "new_snow_depth",
        "snow_depth",
    ),
    "W/m2": (
        "diffuse_solar_radiation_last_hour",
        "direct_solar_radiation_last_24_hours",
        "direct_solar_radiation_last_hour",
        "global_radiation_last_hour",
        "global_radiation_last_24_hours",
    ),
    "mm": (
        "evaporation_last_24_hours",
        "precipitation_last_24_hours",
        "precipitation_last_3_hours",
        "precipitation_last_6_hours",
        "precipitation_last_hour",
        "precipitation_last_12_hours",
    ),
    "m": ("cloud_base_height",),
    "km": ("horizontal_visibility",),
    "km/h": (
        "wind_speed_maximum_previous_day",
        "wind_speed_maximum_last_hour",
        "gust_maximum_last_6_hours",
        "gust_maximum_previous_day",
        "gust_maximum_last_hour",
        "wind_speed_last_10_minutes",
    ),
    "Grad": ("wind_direction_last_10_minutes",),
    "CODE_TABLE": (
        "past_weather_1",
        "past_weather_2",
        "present_weather",
    ),
    "hPa": ("pressure_sea_level",),
    "min": ("sunshine_last_hour",),
    "h": ("sunshine_previous_day",),
}
# station of the lines that are no observations; the declared scope filters it
HEADER = "header"


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `station_id` and `observed_at`; a value whose unit is not the expected one carries it, and is refused."""
    of_units = F.col("observation_time") == "Unit"
    of_header = of_units | (F.col("observation_time") == "Uhrzeit (UTC)")
    station = _in_units_line(of_units, "observation_date")
    added = {
        "station_id": F.when(of_header, HEADER).otherwise(station),
        "observed_at": F.when(~of_header, F.concat_ws("T", "observation_date", "observation_time")),
    }
    for expected, quantities in UNITS.items():
        for quantity in quantities:
            unit = F.coalesce(_in_units_line(of_units, quantity), F.lit("without unit"))
            value = F.when(unit == expected, F.col(quantity)).otherwise(F.concat_ws(" ", quantity, unit))
            added[quantity] = F.when(~of_header, F.when(F.trim(quantity) == "---", F.col(quantity)).otherwise(value))
    return rows.withColumns(added)


def _in_units_line(of_units: Column, name: str) -> Column:
    """What the delivery's line of units says in a column; NULL if it has no such line."""
    return F.min(F.when(of_units, F.col(name))).over(Window.partitionBy("_delivery_id"))
