{{ measured(['places', 'bicycles', 'parking']) }}
