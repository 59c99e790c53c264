package rest

// choices are the values that an enum allows, as compact JSON.
type choices struct {
	few  []string
	many map[string]bool
}

func choicesOf(values []string) choices {
	const few = 16
	if len(values) <= few {
		return choices{few: values}
	}
	c := choices{many: make(map[string]bool)}
	for _, v := range values {
		c.many[v] = true
	}
	return c
}

func (c *choices) has(raw []byte) bool {
	for _, v := range c.few {
		if v == string(raw) {
			return true
		}
	}
	return c.many[string(raw)]
}

// allowed reports whether a scalar is spelt exactly like a value of the enums. The checker also
// accepts other spellings.
func (p *layout) allowed(raw []byte) bool {
	for i := range p.enums {
		if !p.enums[i].has(raw) {
			return false
		}
	}
	return true
}
