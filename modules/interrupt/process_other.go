//go:build !unix

package interrupt

// ours is a process whose parent cannot be watched: its number stays the
// parent's after that has ended.
func ours() process { return child{} }

type child struct{}

func (child) parent() int    { return 0 }
func (child) detached() bool { return true }
