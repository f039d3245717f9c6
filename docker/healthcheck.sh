#!/usr/bin/env bash
# healthcheck.sh - asks the server in this container for GET /health, with nothing but bash.
# Where it listens is read from RADUNO_API_LISTEN only: --set and the file are not seen here. With
# HTTPS (RADUNO_API_TLS_CERTIFICATE) it is enough that somebody listens.
set -euo pipefail
listen=${RADUNO_API_LISTEN:-127.0.0.1:8080}
host=${listen%:*}
host=${host//[\[\]]/}
case $host in
    0.0.0.0) host=127.0.0.1 ;;
    ::) host=::1 ;;
esac
exec 3<>"/dev/tcp/$host/${listen##*:}"
if [ -n "${RADUNO_API_TLS_CERTIFICATE:-}" ]; then exit 0; fi
printf 'GET /health HTTP/1.0\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ]
