package runtime

import "fmt"

// checkAuth refuses a server that would serve everybody what its spec asks credentials for.
func (s *Server) checkAuth() error {
	if s.auth != nil || s.open {
		return nil
	}
	for i := range s.operations {
		if op := &s.operations[i]; !op.anonymous() {
			return fmt.Errorf("operation %s needs credentials: give WithAuth a hook that checks them, "+
				"or WithoutAuth where something in front does", op.id)
		}
	}
	return nil
}

// anonymous reports whether the operation may be called without credentials.
func (op *operation) anonymous() bool {
	for _, schemes := range op.security {
		if len(schemes) == 0 {
			return true
		}
	}
	return len(op.security) == 0
}
