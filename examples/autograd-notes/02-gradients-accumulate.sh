# The gradient of a sum is all ones.
gradcli grad "sum(x)" --x 0,1,2,3 --format json
# => gradients.x: [1, 1, 1, 1]

# Calling backward() twice without clearing the gradient in between adds the two gradients up.
# gradcli does so when it is asked to.
gradcli grad "2*dot(x,x)" "sum(x)" --accumulate --x 0,1,2,3 --format json
# => gradients.x: [1, 5, 9, 13]
