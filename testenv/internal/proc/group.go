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
	return g.WaitReady(ctx, name)
}

// rest is how long a program that ended by itself stays down.
const rest = time.Second

// Revive starts programs again that end without having been asked to, until
// ctx ends. died is told of each.
func (g *Group) Revive(ctx context.Context, died func(error)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.processes {
		go g.revive(ctx, p, died)
	}
}

func (g *Group) revive(ctx context.Context, p *Process, died func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.done:
		}
		if !p.stopped.Load() {
			died(p.Err())
		}
		next, err := g.successor(ctx, p)
		if err != nil {
			died(err)
			continue
		}
		if next == nil {
			return
		}
		p = next
	}
}

// successor is the process that takes the place of one that has ended: started
// here, or by Again when somebody had asked it to end.
func (g *Group) successor(ctx context.Context, p *Process) (*Process, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, nil
		case <-time.After(rest):
		}
		if !p.stopped.Load() {
			if err := g.Again(ctx, p.command.Name); err != nil {
				return nil, err
			}
		}
		if next, err := g.find(p.command.Name); err != nil || next != p {
			return next, err
		}
	}
}

// Stop stops all programs, the last one first: what it needs still runs.
func (g *Group) Stop(grace time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range slices.Backward(g.processes) {
		p.Stop(grace)
	}
	g.processes = nil
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
