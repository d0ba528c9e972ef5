-- Where stations stand whose feed does not tell. Only decisions of people, each with its reason.
select
    'uba' as network,
    'DENW095' as station_code,
    'Münster-Geist' as name,
    '05515000' as ags,
    'the recorded files of the station are named luftqualitaet_muenster' as reason
