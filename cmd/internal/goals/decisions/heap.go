package decisions

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/goals/goal"
)

// heaps prints what one limit of one live key takes of each contestant's heap, and judges ours.
func heaps(out io.Writer, keys []string) ([]goal.Figure, error) {
	fmt.Fprintf(out, "%-34s %-28s %17s\n", "heap for one limit of one key", "limiter", "bytes")
	show := func(quota string, fresh func() (contestant, error)) (float64, error) {
		bytes, name, err := heap(keys, fresh)
		fmt.Fprintf(out, "%-34s %-28s %17.0f\n", quota, name, bytes)
		return bytes, err
	}
	for _, fresh := range peers { // for a quota of a minute they take the same
		if _, err := show("100/1s", func() (contestant, error) { return fresh(100) }); err != nil {
			return nil, err
		}
	}
	second, err := show("100/1s", func() (contestant, error) { return oneLimit(100, time.Second) })
	if err != nil {
		return nil, err
	}
	minute, err := show("6000/1m", func() (contestant, error) { return oneLimit(6000, time.Minute) })
	return []goal.Figure{goal.AtMost("100/1s", second, perKey, " B"), goal.AtMost("6000/1m", minute, perKey, " B")}, err
}

// heap returns the bytes that what fresh makes holds for each of the keys.
func heap(keys []string, fresh func() (contestant, error)) (each float64, name string, err error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c, err := fresh()
	if err != nil {
		return 0, "", err
	}
	decide := c.worker()
	for _, key := range keys {
		_ = decide(key)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(decide)
	return float64(after.HeapAlloc-before.HeapAlloc) / float64(len(keys)), c.name, nil
}
