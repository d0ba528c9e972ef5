"""What MQTT messages of LoRaWAN network servers tell: readings of devices, receptions by gateways, device events."""
