"""A made-up region of LoRaWAN devices: what they measure and how gateways hear it, as messages with their truth."""
