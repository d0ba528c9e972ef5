"""Takes messages of LoRaWAN network servers from an MQTT broker and lands them; acknowledged is only what is stored."""
