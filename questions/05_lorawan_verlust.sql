-- Wo gehen die meisten Nachrichten der LoRaWAN-Geräte verloren?
-- Thema: A
-- Verlust in Prozent der gesendeten Rahmen mit dem Bereich, in dem er mit 95 % Sicherheit liegt.
select month, name, cell, devices, frames_expected, loss_pct, loss_low_pct, loss_high_pct
from mart_lorawan_loss
where month = (select max(month) from mart_lorawan_loss)
order by loss_pct desc nulls last, name, cell
limit 20
