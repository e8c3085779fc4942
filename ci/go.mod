module github.com/headgate-ci/headgate/ci

go 1.26.1
