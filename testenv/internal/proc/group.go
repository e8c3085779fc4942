package proc

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Command is a program to start.
type Command struct {
	// Name stands in messages and is the name of the log file.
	Name string
	// Argv is the program and its arguments; Env its whole environment.
	Argv, Env []string
	// Dir is the working folder.
	Dir string
}

// Group are the programs of one environment; they log into one folder.
type Group struct {
	logs string

	mu        sync.Mutex
	processes []*Process
}

// NewGroup makes an empty group; NAME.log of each program is written in logs.
func NewGroup(logs string) *Group { return &Group{logs: logs} }

// Start starts one more program.
func (g *Group) Start(c Command) error {
	p, err := start(c, g.logs)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.processes = append(g.processes, p)
	return nil
}

// WaitReady waits until a URL of the named program answers 200.
func (g *Group) WaitReady(ctx context.Context, name, url string, client *http.Client) error {
	p := g.find(name)
	if p == nil {
		return fmt.Errorf("%s was not started", name)
	}
	return p.Await(ctx, func(ctx context.Context) error { return answers(ctx, url, client) })
}

// answers tells why a URL does not answer 200.
func answers(ctx context.Context, url string, client *http.Client) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	body, _ := io.ReadAll(io.LimitReader(resp.Body, shown))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %s", url, resp.Status, body)
	}
	return nil
}

// StopOne stops the named program, by force when it takes longer than grace.
func (g *Group) StopOne(name string, grace time.Duration) {
	p := g.find(name)
	if p == nil {
		return
	}
	p.Stop(grace)
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, other := range g.processes {
		if other == p {
			g.processes = append(g.processes[:i], g.processes[i+1:]...)
			return
		}
	}
}

// Stop stops all programs, the last one first: what it needs still runs.
func (g *Group) Stop(grace time.Duration) {
	g.mu.Lock()
	processes := g.processes
	g.processes = nil
	g.mu.Unlock()
	for i := len(processes) - 1; i >= 0; i-- {
		processes[i].Stop(grace)
	}
}

func (g *Group) find(name string) *Process {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.processes {
		if p.name == name {
			return p
		}
	}
	return nil
}
