module github.com/headgate-ci/headgate/ci/tests

go 1.26.1
