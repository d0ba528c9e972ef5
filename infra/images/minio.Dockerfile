# The object store, built from the same pinned Go module as on a workstation: the project ships no images any more.
FROM golang:1.27.3-bookworm AS build
WORKDIR /build
COPY infra/minio/go.mod infra/minio/go.sum infra/minio/tools.go ./
RUN CGO_ENABLED=0 GOTOOLCHAIN=local go build -mod=readonly -trimpath -ldflags "-s -w" -o /minio github.com/minio/minio

FROM debian:bookworm-slim
RUN useradd --uid 10001 --no-create-home store && install --directory --owner store /data
COPY --from=build /minio /usr/local/bin/minio
USER store
VOLUME /data
ENTRYPOINT ["minio"]
