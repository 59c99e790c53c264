package rest

// The functions of this file find the schemas of parts of a value, through the schemas that one is
// composed of. They stop at a depth that only a cycle reaches.

const schemaDepth = 16

func (s *Server) kinds(index int) kinds { return s.kindsAt(index, schemaDepth) }

func (s *Server) kindsAt(index, depth int) kinds {
	if index <= 0 || index >= len(s.config.Schemas) || depth == 0 {
		return KindAny
	}
	c := &s.config.Schemas[index]
	if c.Kinds != KindAny {
		return c.Kinds
	}
	for _, part := range c.AllOf {
		if k := s.kindsAt(part, depth-1); k != KindAny {
			return k
		}
	}
	all := KindAny
	for _, part := range append(c.AnyOf[:len(c.AnyOf):len(c.AnyOf)], c.OneOf...) {
		all |= s.kindsAt(part, depth-1)
	}
	if all == KindAny && len(c.Properties) > 0 {
		return KindObject
	}
	return all
}

// itemsOf returns the schema of an array's items.
func (s *Server) itemsOf(index int) int {
	return s.find(index, schemaDepth, func(c *Schema) int {
		if c.Items > 0 {
			return c.Items
		}
		return -1
	}, 0)
}

// property returns the schema of an object's property, or -1.
func (s *Server) property(index int, name string) int {
	return s.find(index, schemaDepth, func(c *Schema) int {
		for i := range c.Properties {
			if c.Properties[i].Name == name {
				return c.Properties[i].Schema
			}
		}
		return -1
	}, -1)
}

// memberOf returns the schema of an object's member: its property's, or that of other members.
func (s *Server) memberOf(index int, name string) int {
	if found := s.property(index, name); found >= 0 {
		return found
	}
	return s.find(index, schemaDepth, func(c *Schema) int {
		if c.Additional > 0 {
			return c.Additional
		}
		return -1
	}, 0)
}

func (s *Server) find(index, depth int, ask func(*Schema) int, none int) int {
	if index <= 0 || index >= len(s.config.Schemas) || depth == 0 {
		return none
	}
	c := &s.config.Schemas[index]
	if found := ask(c); found >= 0 {
		return found
	}
	for _, parts := range [][]int{c.AllOf, c.AnyOf, c.OneOf} {
		for _, part := range parts {
			if found := s.find(part, depth-1, ask, none); found != none {
				return found
			}
		}
	}
	return none
}
