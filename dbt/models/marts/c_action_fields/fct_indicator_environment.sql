{{ measured(['air', 'weather', 'citizen_air', 'citizen_boxes']) }}
