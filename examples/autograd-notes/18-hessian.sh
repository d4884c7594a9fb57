# Second derivatives: the Jacobian of the gradient.
gradcli hessian "x[0]**2*x[1] + sin(x[1])" --x 1,0 --format json
# => hessian.x.x: [[0, 2], [2, 0]]

# Its product with a vector, without forming it.
gradcli hessian "x[0]**2*x[1] + sin(x[1])" --x 1,0 --v 1,1 --format json
# => hvp.x: [2, 2]
