package testenv

import (
	"fmt"
	"net"
	"strconv"
)

// loopback is where an environment is reached unless somebody asks for more.
var loopback = net.IPv4(127, 0, 0, 1)

// address parses where an environment is to be reached.
func address(text string) (net.IP, error) {
	if text == "" {
		return loopback, nil
	}
	ip := net.ParseIP(text).To4()
	if ip == nil {
		return nil, fmt.Errorf("address %q: want an IPv4 address of this machine, or 0.0.0.0 for all of them", text)
	}
	return ip, nil
}

// reached is where this machine reaches a listener.
func reached(l net.Listener) string {
	at := l.Addr().(*net.TCPAddr)
	ip := at.IP
	if ip.IsUnspecified() {
		ip = loopback
	}
	return net.JoinHostPort(ip.String(), strconv.Itoa(at.Port))
}
