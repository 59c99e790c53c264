package manifest

import "testing"

// Whatever stands in a manifest's file is read without a panic, and what is read is spelt in one
// way.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"arguments": {"spec": "a", "name": "b", "emit": ["x"]}, "files": {"a": "b"}}`))
	f.Add([]byte(`{"users": {"a": ["b"]}, "version": "v1.0.0", "files": {}}`))
	f.Add([]byte(`{"arguments": null, "users": null, "terms": {"limits": {"a": {"quota": 1}}}}`))
	f.Add([]byte(`<<<<<<< {"users"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		IsRuntime(data)
		m := &Manifest{Arguments: newRun("out").args}
		if m.Parse(data) == nil {
			if _, err := m.Encode(nil); err != nil {
				t.Error(err)
			}
		}
		_ = new(Runtime).Parse(data)
		for name, respell := range map[string]func([]byte) ([]byte, error){"output": m.Respell, "run-time": new(Runtime).Respell} {
			once, err := respell(data)
			if err != nil {
				continue
			}
			if twice, err := respell(once); err != nil || string(twice) != string(once) {
				t.Errorf("%s: %v\n%s\n%s", name, err, once, twice)
			}
		}
	})
}
