package session

import (
	"context"
	"sync"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/journal"
)

// Row is one Rollout of a list, or why its record cannot be read.
type Row struct {
	*Status
	// Journal is the record's ConfigMap, as namespace/name.
	Journal string
	Error   string
}

// drivers is how many Leases are looked at together: one that seems to have
// expired is watched for some seconds.
const drivers = 16

// List reads the status of every Rollout in a namespace; in all namespaces when
// it is empty. A record that cannot be read is a Row with its error.
func List(ctx context.Context, c *cluster.Cluster, namespace string) ([]Row, error) {
	entries, err := journal.New(c.Dynamic, namespace).List(ctx)
	if err != nil {
		return nil, c.Reachable(err)
	}
	rows := make([]Row, len(entries))
	slots := make(chan struct{}, drivers)
	var wg sync.WaitGroup
	for i, e := range entries {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			rows[i] = rowOf(ctx, c, e)
		})
	}
	wg.Wait()
	return rows, ctx.Err()
}

func rowOf(ctx context.Context, c *cluster.Cluster, e journal.Entry) Row {
	row := Row{Journal: e.Namespace + "/" + e.Name}
	err := e.Err
	if err == nil {
		row.Status, err = statusOf(e.Record)
	}
	if err == nil {
		var driver string
		if driver, err = journal.New(c.Dynamic, e.Namespace).Holder(ctx, row.Release); err == nil {
			row.drivenBy(driver)
		}
	}
	if err != nil {
		row.Error = err.Error()
	}
	return row
}
