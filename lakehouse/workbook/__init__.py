"""The workbooks that administrations fill: templates, checks of what came back, and answers in German."""
