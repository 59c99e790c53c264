package analyze

import "github.com/limitgen/limitgen/generator/model"

// sameAddress reports operations of different servers that have the same full path.
func (b *builder) sameAddress() {
	first := make(map[string]*model.Operation)
	for _, op := range b.api.Operations {
		key := op.HTTPMethod + " " + op.BasePath + parameterName.ReplaceAllString(op.Path, "{}")
		switch other := first[key]; {
		case other == nil:
			first[key] = op
		case other.Counter != op.Counter:
			b.diags.Errorf(op.Pos, "server", "%s and %s (%s) are both %s %s below the paths of their servers", op.Operation, other.Operation, other.Pos, op.HTTPMethod, op.BasePath+op.Path)
		}
	}
}
