{#- Codes, names and order stand in the declaration of the measures; only what a field is about is said here. -#}
{%- set about = {
    'sustainability_climate': 'Umwelt, Energie, Klimaschutz und Anpassung an den Klimawandel, auch in der Verwaltung selbst',
    'smart_mobility': 'Verkehr auf Straße, Schiene und Rad, Parken, Laden und die Daten dazu',
    'quality_of_life': 'Teilhabe, Gesundheit, Soziales, Sicherheit und das Leben in den Städten',
    'economy_work': 'Unternehmen, Innenstädte, Arbeit und digitale Geschäftsmodelle',
    'education_culture': 'Schulen, Weiterbildung, Bibliotheken und kulturelle Angebote',
} -%}
{%- set fields = [] -%}
{%- if execute -%}
    {%- set declared = graph.sources.values() | selectattr('name', 'equalto', 'vest__measure') | first -%}
    {%- for code, label in declared.meta.codes.action_field.items() -%}
        {%- do fields.append((code, loop.index, label, about.get(code, ''))) -%}
    {%- endfor -%}
{%- endif %}
select
    action_field,
    position,
    name_de,
    about_de
from
    values
    {%- for code, position, name, text in fields or [('', 0, '', '')] %}
    ('{{ code }}', {{ position }}, '{{ name | replace("'", "\\'") }}', '{{ text }}'){{ ',' if not loop.last }}
    {%- endfor %}
    as fields (action_field, position, name_de, about_de)
