package namevaluesfilters

import (
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

func (filters NameValuesFilters) SecretsManagerFilters() []types.Filter {
	result := []types.Filter{}
	for name, values := range filters.Map() {
		result = append(result, types.Filter{Key: types.FilterNameStringType(name), Values: values})
	}
	return result
}
