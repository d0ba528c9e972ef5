-- A project that went back or skipped a phase: either the report is wrong or the project was begun anew, which people
-- have to decide.
{{ config(
    severity='warn',
    meta={'sentence_de':
        'Kein Leuchtturmprojekt geht in eine frühere Phase zurück oder rückt um mehr Phasen vor, als seit dem vorigen '
        ~ 'Bericht Jahre vergangen sind.'
    }
) }}

select ags, name, lighthouse_id, title, period_before, phase_before, period, phase
from {{ ref('mart_lighthouse_transfer') }}
where is_illegal_phase_jump
