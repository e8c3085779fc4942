package proc

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
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
	// Ready is a URL that answers 200 once the program does its work, asked by
	// Client, or by the default one.
	Ready  string
	Client *http.Client
}

// Group are the programs of one environment; they log into one folder.
type Group struct {
	logs string

	mu        sync.Mutex
	processes []*Process
	revive    func(*Process) // nil while nobody is revived
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
	go g.watch(p)
	return nil
}

// WaitReady waits until the named program is ready.
func (g *Group) WaitReady(ctx context.Context, name string) error {
	p, err := g.find(name)
	if err != nil {
		return err
	}
	return p.Await(ctx, p.command.ready)
}

// StopOne stops the named program, by force when it takes longer than grace.
func (g *Group) StopOne(name string, grace time.Duration) error {
	p, err := g.find(name)
	if err != nil {
		return err
	}
	p.Stop(grace)
	return nil
}

// Again starts a program that was stopped, and waits until it is ready. One
// that runs is left alone.
func (g *Group) Again(ctx context.Context, name string) error {
	p, err := g.find(name)
	if err != nil {
		return err
	}
	select {
	case <-p.done:
	default:
		return nil
	}
	again, err := start(p.command, g.logs)
	if err != nil {
		return err
	}
	g.mu.Lock()
	g.processes[slices.Index(g.processes, p)] = again
	g.mu.Unlock()
	go g.watch(again)
	return g.WaitReady(ctx, name)
}

// Stop stops all programs, the last one first: what it needs still runs.
func (g *Group) Stop(grace time.Duration) {
	g.mu.Lock()
	processes := g.processes
	g.processes, g.revive = nil, nil
	g.mu.Unlock()
	for _, p := range slices.Backward(processes) {
		p.Stop(grace)
	}
}

func (g *Group) find(name string) (*Process, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var names []string
	for _, p := range g.processes {
		if p.command.Name == name {
			return p, nil
		}
		names = append(names, p.command.Name)
	}
	return nil, fmt.Errorf("no program %q: there are %s", name, strings.Join(names, ", "))
}
