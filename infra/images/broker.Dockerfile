# The MQTT broker, built from the same pinned Go module as on a workstation.
FROM golang:1.27.3-bookworm AS build
WORKDIR /build
COPY infra/broker/go.mod infra/broker/go.sum infra/broker/tools.go ./
RUN CGO_ENABLED=0 GOTOOLCHAIN=local go build -mod=readonly -trimpath -ldflags "-s -w" -o /nats-server github.com/nats-io/nats-server/v2

FROM debian:bookworm-slim
RUN useradd --uid 10001 --no-create-home broker && install --directory --owner broker /data
COPY --from=build /nats-server /usr/local/bin/nats-server
COPY infra/broker/nats.conf /etc/nats.conf
USER broker
VOLUME /data
ENTRYPOINT ["nats-server", "--config", "/etc/nats.conf"]
