#!/bin/sh
# Writes target/flosse-examples.aot: an AOT cache of the examples server (JDK 25: JEP 483, 514 and 515), from a training run
# that serves real streams. ./mvnw -q -Paot runs it; by hand: sh flosse-examples/aot-cache.sh path/to/java
set -eu
cd "$(dirname "$0")/target"
java=${1:-java}
log=aot-training.log

version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
if [ "$version" -lt 25 ]; then
    echo "An AOT cache needs JDK 25 or newer, and this is $version: set JAVA_HOME to a newer one." >&2
    exit 1
fi
rm -f flosse-examples.aot
"$java" -XX:AOTCacheOutput=flosse-examples.aot -jar flosse-examples.jar --server.port=0 >"$log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
while ! grep -q started "$log"; do
    kill -0 $server || { cat "$log" >&2; exit 1; }
    sleep 0.1
done
page=$(sed -n 's|.*\(http://[^ ]*/\) .*|\1|p' "$log")

for path in '' web/app.js streams sse/styles 'sse/progress?steps=3&delay=PT0.01S' 'sse/burst?n=2000' \
    'sse/resume?to=50&every=PT0S' 'sse/fail?after=1' sse/fail-first sse/secure observe/metrics observe/health; do
    curl -s -o /dev/null --max-time 20 "$page$path"
done
curl -s -o /dev/null -u ann:ann "${page}sse/me"
curl -s -o /dev/null -H 'Content-Type: application/json' -d '{"prompt":"Hello big world"}' "${page}sse/complete"

# The cache is written when the server has ended.
kill -TERM $server
wait $server || true
trap - EXIT
[ -s flosse-examples.aot ] || { cat "$log" >&2; exit 1; }
