#!/bin/sh
# Calls a function of the Headgate module that returns a Result, exports its
# report, shows the summary, and ends with the result's own exit code. It is
# what the GitLab and GitHub recipes do too, for any other runner:
#
#   headgate.sh cluster --kubeconfig env:KUBECONFIG_DATA \
#     canary --name shop --namespace shop --image "$IMAGE"
#
# HEADGATE_MODULE is the module, pinned; HEADGATE_REPORT the folder for the report.
set -eu
report=${HEADGATE_REPORT:-headgate-report}
rm -f "$report/summary.txt" "$report/exit-code" # what an earlier call left
dagger call --progress logs -m "${HEADGATE_MODULE:-github.com/headgate-ci/headgate@main}" "$@" report export --path "$report" >/dev/null
cat "$report/summary.txt"
exit "$(cat "$report/exit-code")"
