package runtime

import "fmt"

// needIdentity refuses limits that count by identity as long as nothing tells the server one: all callers would
// share one counter.
func (s *Server) needIdentity() error {
	for i := range s.operations {
		for j := range s.operations[i].rates {
			for _, d := range s.operations[i].rates[j].key {
				if d.kind == dimIdentity && !s.unlimited {
					return fmt.Errorf("limit %q counts by identity, and nothing tells this server one", s.limits[s.operations[i].rates[j].limit].Name)
				}
			}
		}
	}
	return nil
}
