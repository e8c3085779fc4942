//go:build !linux

// Package nft is empty here: nftables belongs to Linux.
package nft
