select
    message_id,
    device_eui,
    observed_at,
    session,
    f_cnt,
    gateway_id,
    rssi_dbm,
    snr_db,
    spreading_factor,
    gateway_latitude,
    gateway_longitude,
    gateway_cell_1km
from {{ silver('lorawan__reception') }}
