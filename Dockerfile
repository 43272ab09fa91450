# halfopen with Mosquitto and libfaketime, as a user without rights. With clients and brokers in other languages:
#   docker build -t halfopen .
#   docker build -t halfopen:peers --build-arg PEERS="paho-python mochi" .       (all: --build-arg PEERS=all)
#   docker run --rm -v "$PWD:/work" halfopen run scenarios
ARG BASE=node:22-bookworm-slim
FROM ${BASE} AS build
WORKDIR /src
COPY . .
RUN npm ci --no-audit --no-fund && npm pack --pack-destination /tmp && mv /tmp/halfopen-*.tgz /tmp/halfopen.tgz

FROM ${BASE}
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends mosquitto libfaketime tini util-linux ca-certificates \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /tmp/halfopen.tgz /tmp/halfopen.tgz
WORKDIR /opt/halfopen
RUN npm init -y >/dev/null && npm install --no-audit --no-fund /tmp/halfopen.tgz piscina @observablehq/plot linkedom \
 && rm -rf /tmp/halfopen.tgz /root/.npm && ln -s /opt/halfopen/node_modules/.bin/halfopen /usr/local/bin/halfopen
ENV HALFOPEN_PEERS=/opt/halfopen/.peers
ARG PEERS=
RUN if [ -n "$PEERS" ]; then \
      apt-get update -qq && halfopen peers --apt $([ "$PEERS" = all ] || echo "$PEERS") && rm -rf /var/lib/apt/lists/*; \
    fi
RUN id node >/dev/null 2>&1 || useradd --uid 1000 --create-home node; mkdir -p /work && chown node /work
USER node
WORKDIR /work
ENTRYPOINT ["tini", "--", "halfopen"]
CMD ["run"]
