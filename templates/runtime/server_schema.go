package runtime

// The functions of this file ask a schema what it would make of a value, through the schemas
// that it is composed of. They give up at a depth that only a circle reaches.

const schemaDepth = 16

func (s *Server) kinds(index int) kinds { return s.kindsAt(index, schemaDepth) }

func (s *Server) kindsAt(index, depth int) kinds {
	if index <= 0 || index >= len(s.schemas) || depth == 0 {
		return kindAny
	}
	c := &s.schemas[index]
	if c.kinds != kindAny {
		return c.kinds
	}
	for _, part := range c.allOf {
		if k := s.kindsAt(part, depth-1); k != kindAny {
			return k
		}
	}
	all := kindAny
	for _, part := range append(c.anyOf[:len(c.anyOf):len(c.anyOf)], c.oneOf...) {
		all |= s.kindsAt(part, depth-1)
	}
	if all == kindAny && len(c.properties) > 0 {
		return kindObject
	}
	return all
}

// itemsOf gives the schema of an array's items.
func (s *Server) itemsOf(index int) int {
	return s.find(index, schemaDepth, func(c *schema) int {
		if c.items > 0 {
			return c.items
		}
		return -1
	}, 0)
}

// property gives the schema of an object's property, or -1.
func (s *Server) property(index int, name string) int {
	return s.find(index, schemaDepth, func(c *schema) int {
		for i := range c.properties {
			if c.properties[i].name == name {
				return c.properties[i].schema
			}
		}
		return -1
	}, -1)
}

// memberOf gives the schema of an object's member: its property's, or that of other members.
func (s *Server) memberOf(index int, name string) int {
	if found := s.property(index, name); found >= 0 {
		return found
	}
	return s.find(index, schemaDepth, func(c *schema) int {
		if c.additional > 0 {
			return c.additional
		}
		return -1
	}, 0)
}

func (s *Server) find(index, depth int, ask func(*schema) int, none int) int {
	if index <= 0 || index >= len(s.schemas) || depth == 0 {
		return none
	}
	c := &s.schemas[index]
	if found := ask(c); found >= 0 {
		return found
	}
	for _, parts := range [][]int{c.allOf, c.anyOf, c.oneOf} {
		for _, part := range parts {
			if found := s.find(part, depth-1, ask, none); found != none {
				return found
			}
		}
	}
	return none
}
