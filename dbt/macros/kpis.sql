{#- The registry of key figures: each is defined here and nowhere else. mart_kpi computes them, mart_kpi_definition lists
    them, and whoever shows one shows its definition from there.

      kpi, version        with valid_from (and valid_until) of this version; a changed definition is a new version, beside
                          the old one
      theme, field        of the pact; field is one of its five action fields, or left out
      mart, where         whose rows count; `ags` and `period` say of whom and when, unless they are given
      numerator, denominator   aggregates over these rows; value = factor * numerator / denominator
      fictitious          false where the mart has no such column, because nobody makes its figures up
      worst, best         values of the frozen reference set that give the index 0 and 100; a share has its natural bounds
      u4ssc, bitkom       the indicator of U4SSC (ITU-T Y.4903) and the area of the Bitkom Smart City Index that ask for
                          something alike; not the same figure -#}
{% macro kpis() -%}
{%- set registry -%}
share: &share
  unit_de: Prozent
  factor: 100
  worst: "0.00"
  best: "100.00"
  reference_de: Natürliche Grenzen des Anteils
kpis:
- &gigabit_reach
  <<: *share
  kpi: gigabit_reach
  version: 2
  valid_from: 2019-06-30
  theme: A
  mart: mart_connectivity_gap
  # a city without a figure is left out of both parts; with what the atlas counts the figure is another one
  where: >-
    technology = 'all' and min_download_mbit_s = 1000 and level = 'city' and inhabitants_to_reach_estimate is not null
    and definition_version = 'households-2019'
  fictitious: false
  period: "date_format(reference_date, 'yyyy-MM-dd')"
  numerator: "sum(inhabitants - inhabitants_to_reach_estimate)"
  denominator: sum(inhabitants)
  title_de: Gigabit-Versorgung
  numerator_de: Einwohnerinnen und Einwohner mit mindestens einem Gigabit je Sekunde (aus dem Anteil der Haushalte geschätzt)
  denominator_de: Einwohnerinnen und Einwohner
  u4ssc: "EC: ICT: ICT: 2C (verwandt)"
  bitkom: IT und Kommunikation
- <<: *gigabit_reach
  version: 1
  valid_from: 2018-12-31
  valid_until: 2019-06-29
  where: >-
    technology = 'all' and min_download_mbit_s = 1000 and level = 'city' and inhabitants_to_reach_estimate is not null
    and definition_version = 'households-2018'
- <<: *share
  kpi: ozg_online
  version: 1
  valid_from: 2022-01-01
  theme: B1
  mart: mart_ozg_progress
  where: definition = 'online' and source = 'self_report' and level <> 'district'
  numerator: sum(numerator)
  denominator: sum(denominator)
  title_de: Online-Leistungen
  numerator_de: Leistungen, die online beantragt werden können (Selbstauskunft)
  denominator_de: Leistungen, für die die Verwaltung zuständig ist
  u4ssc: "EC: ICT: PS: 2A (verwandt)"
  bitkom: Verwaltung
- <<: *share
  kpi: ozg_digital_throughout
  version: 1
  valid_from: 2022-01-01
  theme: B1
  mart: mart_ozg_progress
  where: definition = 'online_and_processed' and source = 'self_report' and level <> 'district'
  numerator: sum(numerator)
  denominator: sum(denominator)
  title_de: Durchgehend digitale Leistungen
  numerator_de: Leistungen, die online beantragt und auch hinter dem Schalter digital bearbeitet werden (Selbstauskunft)
  denominator_de: Leistungen, für die die Verwaltung zuständig ist
  bitkom: Verwaltung
- <<: *share
  kpi: open_data_topics
  version: 1
  valid_from: 2022-01-01
  theme: B2
  mart: mart_open_data_gap
  fictitious: false
  period: "'latest'"
  numerator: count_if(has_it)
  denominator: count(*)
  title_de: Themen mit offenen Daten
  numerator_de: Themen des Musterdatenkatalogs, zu denen die Stadt Daten veröffentlicht
  denominator_de: Themen des Musterdatenkatalogs
  u4ssc: "EC: ICT: PS: 1A (verwandt)"
  bitkom: IT und Kommunikation
- <<: *share
  kpi: training_utilisation
  version: 1
  valid_from: 2022-01-01
  theme: B3
  mart: mart_training
  numerator: sum(participants)
  denominator: sum(places)
  title_de: Auslastung der Weiterbildungen
  numerator_de: Teilnahmen
  denominator_de: Plätze
  reference_de: Alle Plätze besetzt
- <<: *share
  kpi: digital_by_default
  version: 1
  valid_from: 2022-01-01
  theme: B4
  mart: mart_egov_check
  where: check_number = 1
  numerator: count_if(is_digital_by_default)
  denominator: count(*)
  title_de: Neue Aufgaben von Anfang an digital
  numerator_de: Neue Aufgaben und Projekte, die laut E-Government-Check digital sind
  denominator_de: Erstmals geprüfte neue Aufgaben und Projekte
  bitkom: Verwaltung
- <<: *share
  kpi: egov_violations
  version: 1
  valid_from: 2022-01-01
  theme: B4
  mart: mart_egov_check
  where: check_number = 1
  numerator: count_if(is_violation)
  denominator: count(*)
  title_de: Abweichungen ohne rechtlichen Grund
  numerator_de: Neue Aufgaben und Projekte, die ohne Rechtsvorschrift nicht digital sind
  denominator_de: Erstmals geprüfte neue Aufgaben und Projekte
  worst: "100.00"
  best: "0.00"
  reference_de: Der Pakt lässt keine solche Abweichung zu
- <<: *share
  kpi: milestones_on_time
  version: 1
  valid_from: 2022-01-01
  theme: C
  mart: mart_measure_status
  where: status <> 'dropped' and due_on <= as_of_date
  numerator: count_if(status = 'reached')
  denominator: count(*)
  title_de: Erreichte fällige Meilensteine
  numerator_de: Fällige Meilensteine, die erreicht sind
  denominator_de: Meilensteine, die bis zum Ende des Halbjahres fällig waren
- <<: *share
  kpi: positions_filled
  version: 1
  valid_from: 2022-01-01
  theme: D
  mart: mart_position
  numerator: sum(filled_fte)
  denominator: sum(planned_fte)
  title_de: Besetzte Stellen für Digitalisierung
  numerator_de: Besetzte Stellenanteile
  denominator_de: Stellenanteile im Stellenplan
  reference_de: Alle Stellen besetzt
- <<: *share
  kpi: lighthouses_adopted
  version: 1
  valid_from: 2022-01-01
  theme: E
  mart: mart_lighthouse_transfer
  where: assessed_on is not null
  numerator: count_if(adopter_count > 0)
  denominator: count(*)
  title_de: Übernommene Leuchtturmprojekte
  numerator_de: Bewertete Projekte anderer Regionen, die mindestens eine Stadt oder der Kreis übernommen hat
  denominator_de: Bewertete Projekte anderer Regionen
- <<: *share
  kpi: participation_answered
  version: 1
  valid_from: 2022-01-01
  theme: F
  mart: mart_participation
  numerator: count_if(has_feedback)
  denominator: count(*)
  title_de: Beteiligung mit Rückmeldung
  numerator_de: Formate, nach denen die Beteiligten erfahren haben, was aus ihren Anliegen wurde
  denominator_de: Formate der Beteiligung
  bitkom: Gesellschaft und Bildung
- <<: *share
  kpi: applications_approved
  version: 1
  valid_from: 2022-01-01
  theme: money
  mart: mart_funding_call
  numerator: sum(approved_count)
  denominator: sum(decided_count)
  title_de: Erfolgreiche Förderanträge
  numerator_de: Bewilligte Anträge
  denominator_de: Entschiedene Anträge
- <<: *share
  kpi: grants_drawn
  version: 1
  valid_from: 2022-01-01
  theme: money
  mart: mart_funding_ledger
  numerator: sum(drawn_eur)
  denominator: sum(approved_eur)
  title_de: Abgerufene Fördermittel
  numerator_de: Abgerufene Fördermittel in Euro
  denominator_de: Bewilligte Fördermittel in Euro
- <<: *share
  kpi: budget_spent
  version: 1
  valid_from: 2022-01-01
  theme: money
  mart: mart_zire
  numerator: sum(spent_eur)
  denominator: sum(planned_eur)
  title_de: Verausgabte Mittel für Digitalisierung
  numerator_de: Verausgabte Mittel der Haushaltsansätze in Euro
  denominator_de: Geplante Mittel der Haushaltsansätze in Euro
{%- endset -%}
{{ return(fromyaml(registry).kpis) }}
{%- endmacro %}
