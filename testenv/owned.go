package testenv

import "sync"

// owned keeps the holds of this process on its environments from being closed
// by the garbage collector: a hold that is closed ends its environment.
var owned struct {
	sync.Mutex
	envs []*Env
}

func (e *Env) own() {
	owned.Lock()
	defer owned.Unlock()
	owned.envs = append(owned.envs, e)
}
