package rest

import (
	"context"
	"fmt"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Reload reads quotas and bursts from a file in the form that ReadOverrides reads, in the place of
// those of WithOverrides, and again whenever the file has changed, until ctx ends. Calls that wait
// go by the new figures at once, and no window gets more than the larger of both quotas. An error
// of the first reading is returned. Later, a file that is wrong changes nothing, and told is called
// with an error that says why, with line and column; with nil it says that a change is in force.
func (c *Client) Reload(ctx context.Context, file string, told func(error)) error {
	return ratelimit.WatchOverrides(ctx, file, c.config.Limits, c.clock, c.SetOverrides, told)
}

// SetOverrides replaces what WithOverrides or an earlier call set. Calls that wait go by the new
// figures at once. After an error all is as before.
func (c *Client) SetOverrides(amounts map[string]ratelimit.Amount) error {
	limits, err := c.table(amounts)
	if err != nil {
		return err
	}
	if err := c.limits.Change(limits); err != nil {
		return fmt.Errorf("overrides: %w", err)
	}
	if c.limiter != nil {
		c.limiter.Changed()
	}
	return nil
}

// Reload is Client.Reload for all requests that the transport paces.
func (t *Transport) Reload(ctx context.Context, file string, told func(error)) error {
	return t.core.Reload(ctx, file, told)
}

// SetOverrides is Client.SetOverrides for all requests that the transport paces.
func (t *Transport) SetOverrides(amounts map[string]ratelimit.Amount) error {
	return t.core.SetOverrides(amounts)
}

// Reload reads quotas and bursts from a file in the form that ReadOverrides reads, in the place of
// those of WithOverrides, and again whenever the file has changed, until ctx ends. Requests that
// come afterwards are decided by the new figures, and no window admits more than the larger of both
// quotas. An error of the first reading is returned. Later, a file that is wrong changes nothing,
// and told is called with an error that says why, with line and column; with nil it says that a
// change is in force.
func (s *Server) Reload(ctx context.Context, file string, told func(error)) error {
	return ratelimit.WatchOverrides(ctx, file, s.published, s.clock, s.SetOverrides, told)
}

// SetOverrides replaces what WithOverrides or an earlier call set, for all plans. After an error
// all is as before.
func (s *Server) SetOverrides(amounts map[string]ratelimit.Amount) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	tables := map[*planTable][]ratelimit.Limit{}
	for plan, table := range s.tables() {
		limits, err := s.newTable(plan, amounts)
		if err != nil {
			return err
		}
		if err := table.schedule.Changeable(limits); err != nil {
			return fmt.Errorf("overrides: %w", err)
		}
		tables[table] = limits
	}
	for table, limits := range tables {
		if err := table.schedule.Change(limits); err != nil {
			return fmt.Errorf("overrides: %w", err)
		}
	}
	return nil
}

// Reload is Server.Reload for all requests that the middleware limits.
func (m *Middleware) Reload(ctx context.Context, file string, told func(error)) error {
	return m.server.Reload(ctx, file, told)
}

// SetOverrides is Server.SetOverrides for all requests that the middleware limits.
func (m *Middleware) SetOverrides(amounts map[string]ratelimit.Amount) error {
	return m.server.SetOverrides(amounts)
}
