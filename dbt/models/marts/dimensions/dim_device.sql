{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['device_eui'],
        meta={'grows_with': 'lorawan__reception', 'gone_without': 'is_known'},
    )
}}

with measured as (
    select
        ags,
        period,
        device_eui as measured_eui,
        count(*) as quantities
    from {{ ref('stg_lorawan__device_quantity') }}
    group by ags, period, device_eui
),

-- what was known before, and what came since
seen as (
    select
        device_eui,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from (
        select
            device_eui,
            observed_at as first_seen_at,
            observed_at as last_seen_at
        {% if is_incremental() %}
        from ({{ silver_changes('lorawan__reception') }})

        union all

        select
            device_eui,
            first_seen_at,
            last_seen_at
        from {{ this }}
        {% else %}
        from {{ ref('stg_lorawan__reception') }}
        {% endif %}
    )
    group by device_eui
)

select
    device_eui,
    case
        when newest.ags is not null then true
        when last_seen_at is not null then false
    end as is_known,
    newest.ags,
    {{ administration_name('newest.ags', 'city.name') }} as city,
    newest.period,
    -- what an office calls a place may tell where it is
    case when not newest.private_place then newest.name end as name,
    newest.model,
    newest.owner_function,
    newest.private_place as is_private_place,
    case when not newest.private_place then newest.cell_100m end as cell_100m,
    coalesce(measured.quantities, 0) as quantities,
    newest.reporting_interval_min,
    newest.commissioned_on,
    newest.retired_on,
    first_seen_at,
    last_seen_at,
    coalesce(newest.fictitious, false) as fictitious
from {{ ref('int_lorawan__choose_report') }} as newest
full outer join seen using (device_eui)
left join measured
    on
        newest.device_eui = measured.measured_eui
        and newest.ags = measured.ags
        and newest.period = measured.period
left join {{ ref('dim_municipality') }} as city on newest.ags = city.ags
