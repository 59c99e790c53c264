package redisstore_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// node is a redis-server that a test has started.
type node struct {
	addr string
	args []string
	cmd  *exec.Cmd
}

func startRedis(t testing.TB, args ...string) *node {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("redis-server is not installed")
	}
	n := &node{addr: freeAddress(t)}
	_, port, _ := net.SplitHostPort(n.addr)
	n.args = append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir()}, args...)
	n.start(t)
	t.Cleanup(n.kill)
	return n
}

// freeAddress finds a port whose bus port, 10,000 above, can be one too.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().(*net.TCPAddr)
		l.Close()
		if addr.Port < 55_000 {
			return addr.String()
		}
	}
	t.Fatal("no free port below 55000")
	return ""
}

func (n *node) start(t testing.TB) {
	t.Helper()
	n.cmd = exec.Command("redis-server", n.args...)
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	db := redis.NewClient(&redis.Options{Addr: n.addr})
	defer db.Close()
	await(t, "redis-server answers", func() bool { return db.Ping(context.Background()).Err() == nil })
}

func (n *node) kill() {
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait()
}

func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain: ", what)
		}
	}
}

// startCluster starts a Redis Cluster of three nodes.
func startCluster(t testing.TB) []*node {
	t.Helper()
	var nodes []*node
	for range 3 {
		nodes = append(nodes, startRedis(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000"))
	}
	ctx := context.Background()
	for i, n := range nodes {
		db := redis.NewClient(&redis.Options{Addr: n.addr})
		host, port, _ := net.SplitHostPort(nodes[0].addr)
		if err := db.ClusterMeet(ctx, host, port).Err(); err != nil {
			t.Fatal(err)
		}
		if err := db.ClusterAddSlotsRange(ctx, i*5462, min(i*5462+5461, 16383)).Err(); err != nil {
			t.Fatal(err)
		}
		db.Close()
	}
	for _, n := range nodes {
		db := redis.NewClient(&redis.Options{Addr: n.addr})
		await(t, "the cluster is ready", func() bool {
			info := db.ClusterInfo(ctx).Val()
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3") && strings.Contains(info, "cluster_size:3")
		})
		db.Close()
	}
	return nodes
}

func appKey(i int) string {
	org := fmt.Sprintf("org%d", i)
	return fmt.Sprintf("%d:%s3:app", len(org), org)
}
