{{ measured(['elections', 'payments', 'structure']) }}
