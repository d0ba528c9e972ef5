with days as (
    select explode(sequence(date '2000-01-01', date '2050-12-31', interval 1 day)) as date
)

select
    date,
    year(date) as year,
    quarter(date) as quarter,
    case when month(date) <= 6 then 1 else 2 end as half_year,
    month(date) as month,
    element_at(
        array(
            'Januar', 'Februar', 'März', 'April', 'Mai', 'Juni',
            'Juli', 'August', 'September', 'Oktober', 'November', 'Dezember'
        ),
        month(date)
    ) as month_name_de,
    extract(yearofweek from date) as iso_year,
    weekofyear(date) as iso_week,
    weekday(date) + 1 as weekday,
    weekday(date) >= 5 as is_weekend,
    date_format(date, 'yyyy') as period_year,
    concat(date_format(date, 'yyyy'), case when month(date) <= 6 then '-H1' else '-H2' end) as period_half_year
from days
