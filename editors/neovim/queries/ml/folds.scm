[(block) (object) (array) (capability_statement)] @fold
