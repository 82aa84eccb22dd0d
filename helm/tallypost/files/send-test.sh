# Sends a mail with a test key and waits until it is delivered: to the simulated relay, so that nothing leaves the cluster.
set -eu

if [ -n "${API_KEY_FILE:-}" ]; then
  API_KEY=$(cat "$API_KEY_FILE")
fi
if [ -z "${API_KEY:-}" ]; then
  curl -fsS --max-time 10 "$INTAKE/api/v1/health"
  echo
  echo "intake takes mail; name a test key in tests.existingSecret to have one sent"
  exit 0
fi
case "$API_KEY" in
  sk_test_*) ;;
  *) echo "the key must be a test key (sk_test_...): mail of a live one would go out" >&2; exit 1 ;;
esac

answer=$(curl -sS --max-time 15 "$INTAKE/api/v1/send" -H "X-API-Key: $API_KEY" -H 'Content-Type: application/json' \
  -d "{\"from\": \"$FROM\", \"to\": \"delivered@simulator.tallypost.test\", \"subject\": \"helm test\", \"text\": \"helm test\"}")
id=$(echo "$answer" | grep -o '"id" *: *"[^"]*"' | head -n 1 | cut -d '"' -f 4)
if [ -z "$id" ]; then
  echo "not accepted: $answer" >&2
  exit 1
fi
echo "accepted as $id"

tries=0
while [ "$tries" -lt 60 ]; do
  # Audit may not have read of it yet.
  state=$(curl -sS --max-time 5 "$AUDIT/api/v1/messages/$id" -H "X-API-Key: $API_KEY" || true)
  status=$(echo "$state" | grep -o '"status" *: *"[^"]*"' | head -n 1 | cut -d '"' -f 4)
  case "$status" in
    delivered) echo "delivered"; exit 0 ;;
    rejected | failed | partially_delivered) echo "it ended otherwise: $state" >&2; exit 1 ;;
  esac
  tries=$((tries + 1))
  sleep "${PAUSE:-2}"
done
echo "not delivered in time; the last answer: $state" >&2
exit 1
