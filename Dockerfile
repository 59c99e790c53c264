# docker run --rm -v "$PWD:/work" limitgen check
FROM golang:1.25 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /limitgen ./cmd/limitgen

FROM alpine:3
# breaking and changelog read the history of the repository, whose owner is another than the container's.
RUN apk add --no-cache git && git config --system --add safe.directory '*'
COPY --from=build /limitgen /usr/local/bin/limitgen
WORKDIR /work
ENTRYPOINT ["limitgen"]
