module github.com/limitgen/limitgen/cmd/goals

go 1.25.0

require github.com/limitgen/limitgen v0.0.0

replace github.com/limitgen/limitgen => ../..
