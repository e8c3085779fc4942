#!/bin/sh
# Calls a function of the Headgate module that has a verdict, exports its report,
# shows the summary, and ends with the result's own exit code. It is what the
# GitLab and GitHub recipes do too, for any other runner:
#
#   headgate.sh cluster --kubeconfig env:KUBECONFIG_DATA \
#     canary --name shop --namespace shop --image "$IMAGE"
#
# HEADGATE_MODULE is the module, pinned; HEADGATE_REPORT the folder for the report;
# HEADGATE_PROGRAM the headgate program, where an earlier job has built it.
set -eu
report=${HEADGATE_REPORT:-headgate-report}
program=${HEADGATE_PROGRAM:-.headgate/program}

# What an earlier call left goes, whatever it was about; what is no report stays.
if [ -e "$report/report.json" ] || [ -e "$report/exit-code" ]; then
  rm -rf "$report"
elif [ -e "$report" ] && [ -n "$(ls -A "$report")" ]; then
  echo "headgate.sh: $report is there and is no report; name another folder in HEADGATE_REPORT" >&2
  exit 1
fi

# An engine that starts empty would compile it for minutes.
if [ -f "$program" ]; then
  set -- --program "$program" "$@"
fi
dagger call --progress logs -m "${HEADGATE_MODULE:-github.com/headgate-ci/headgate@main}" "$@" --allow-failure report export --path "$report" >/dev/null
cat "$report/summary.txt"
exit "$(cat "$report/exit-code")"
