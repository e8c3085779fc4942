package kind

import (
	"fmt"
	"strings"

	"sigs.k8s.io/kind/pkg/log"
)

// logger passes on what kind tells its users; nil for nobody.
type logger struct{ say func(string) }

func (l logger) Warn(message string)       { l.tell(message) }
func (l logger) Warnf(f string, a ...any)  { l.tell(fmt.Sprintf(f, a...)) }
func (l logger) Error(message string)      { l.tell(message) }
func (l logger) Errorf(f string, a ...any) { l.tell(fmt.Sprintf(f, a...)) }
func (l logger) Info(message string)       { l.tell(message) }
func (l logger) Infof(f string, a ...any)  { l.tell(fmt.Sprintf(f, a...)) }
func (l logger) Enabled() bool             { return l.say != nil }

// V silences what is of interest only to those who debug kind.
func (l logger) V(level log.Level) log.InfoLogger {
	if level > 0 {
		return log.NoopInfoLogger{}
	}
	return l
}

func (l logger) tell(message string) {
	if message = strings.TrimSpace(message); l.say != nil && message != "" {
		l.say(message)
	}
}
