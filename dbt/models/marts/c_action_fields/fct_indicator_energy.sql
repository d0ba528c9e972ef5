{{ measured(['energy_units', 'energy_flow']) }}
