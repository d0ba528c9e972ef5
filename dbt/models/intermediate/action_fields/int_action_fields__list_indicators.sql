-- Every indicator of the action fields once. Which field an indicator belongs to is a decision of people, not of a source.
{% set fields = {
    'sustainability_climate': [
        ('weather_temperature_mean', 'day', '°C', 'Mittlere Lufttemperatur'),
        ('weather_precipitation', 'day', 'mm', 'Niederschlag'),
        ('weather_gust_maximum', 'day', 'km/h', 'Stärkste Windböe'),
        ('weather_global_radiation', 'day', 'J/cm²', 'Globalstrahlung'),
        ('weather_sunshine', 'day', 'h', 'Sonnenscheindauer'),
        ('solar_power_added', 'year', 'kW', 'Neu in Betrieb genommene Photovoltaikleistung'),
        ('solar_power_installed', 'year', 'kW', 'Installierte Photovoltaikleistung am Jahresende'),
        ('storage_capacity_added', 'year', 'kWh', 'Neu in Betrieb genommene Speicherkapazität'),
        ('storage_capacity_installed', 'year', 'kWh', 'Installierte Speicherkapazität am Jahresende'),
        ('electricity_consumption', 'month', 'kWh', 'Stromverbrauch'),
        ('electricity_renewable', 'month', '%', 'Erneuerbare Erzeugung im Verhältnis zum Stromverbrauch'),
        ('land_settlement_traffic', 'date', '%', 'Anteil der Siedlungs- und Verkehrsfläche'),
        ('buildings_district_heating', 'date', '%', 'Anteil der Wohngebäude mit Fernheizung'),
        ('payments_environment', 'year', 'EUR je Einwohner', 'Auszahlungen für Umweltschutz'),
    ],
    'smart_mobility': [
        ('charging_points_added', 'year', 'Ladepunkte', 'Neu in Betrieb genommene öffentliche Ladepunkte'),
        ('charging_points_installed', 'year', 'Ladepunkte', 'Öffentliche Ladepunkte am Jahresende'),
        ('charging_power_installed', 'year', 'kW', 'Anschlussleistung öffentlicher Ladeeinrichtungen am Jahresende'),
        ('bicycles_counted', 'month', 'Fahrräder', 'Gezählte Fahrräder'),
        ('bicycles_per_day', 'month', 'Fahrräder je Tag', 'Fahrräder je Tag, hochgerechnet aus den gezählten Viertelstunden'),
        ('bicycle_accidents', 'year', 'Unfälle', 'Polizeilich erfasste Fahrradunfälle mit Personenschaden'),
        ('bicycle_accidents_severe', 'year', 'Unfälle', 'Fahrradunfälle mit Getöteten oder Schwerverletzten'),
        ('station_parking_spaces', 'date', 'Stellplätze', 'Stellplätze an Bahnhöfen'),
        ('parking_spaces', 'date', 'Stellplätze', 'Stellplätze im Parkleitsystem'),
        ('parking_occupied', 'date', '%', 'Belegte Stellplätze'),
        ('payments_traffic', 'year', 'EUR je Einwohner', 'Auszahlungen für Verkehrsflächen und ÖPNV'),
    ],
    'quality_of_life': [
        ('air_no2_mean', 'year', 'µg/m³', 'Stickstoffdioxid im Jahresmittel'),
        ('air_o3_mean', 'year', 'µg/m³', 'Ozon im Jahresmittel'),
        ('air_pm10_mean', 'year', 'µg/m³', 'Feinstaub PM10 im Jahresmittel'),
        ('air_pm2_5_mean', 'year', 'µg/m³', 'Feinstaub PM2,5 im Jahresmittel'),
        ('citizen_air_pm10_mean', 'month', 'µg/m³', 'Feinstaub PM10 eines Bürgersensors im Monatsmittel'),
        ('citizen_air_pm2_5_mean', 'month', 'µg/m³', 'Feinstaub PM2,5 eines Bürgersensors im Monatsmittel'),
        ('citizen_boxes_active', 'date', 'Messstationen', 'Aktive Messstationen von Bürgerinnen und Bürgern'),
        ('turnout', 'date', '%', 'Wahlbeteiligung bei der Bundestagswahl'),
        ('election_result_pages', 'date', 'Kommunen', 'Kommunen mit eigener Ergebnisseite im Netz'),
        ('inhabitants', 'date', 'Personen', 'Einwohnerinnen und Einwohner'),
        ('buildings_single_dwelling', 'date', '%', 'Anteil der Wohngebäude mit einer Wohnung'),
        ('payments_youth', 'year', 'EUR je Einwohner', 'Auszahlungen für Kinder, Jugend und Familie'),
        ('payments_sport', 'year', 'EUR je Einwohner', 'Auszahlungen für Sportförderung'),
    ],
    'economy_work': [
        ('land_commerce', 'date', '%', 'Anteil der Flächen für Gewerbe, Handel und Dienstleistung'),
        ('payments_economy', 'year', 'EUR je Einwohner', 'Auszahlungen für Wirtschaft und Tourismus'),
    ],
    'education_culture': [
        ('payments_schools', 'year', 'EUR je Einwohner', 'Auszahlungen für Schulträgeraufgaben'),
        ('payments_culture', 'year', 'EUR je Einwohner', 'Auszahlungen für Kultur und Wissenschaft'),
    ],
} %}

select
    field,
    indicator,
    period_kind,
    unit,
    indicator_de,
    '1' as definition_version
from
    values
    {%- for field, indicators in fields.items() %}
    {%- set last_field = loop.last %}
    {%- for indicator, period_kind, unit, indicator_de in indicators %}
    ('{{ field }}', '{{ indicator }}', '{{ period_kind }}', '{{ unit }}', '{{ indicator_de }}'){{ ',' if not (loop.last and last_field) }}
    {%- endfor %}
    {%- endfor %}
        as lists (field, indicator, period_kind, unit, indicator_de)
