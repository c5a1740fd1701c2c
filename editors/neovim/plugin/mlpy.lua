vim.api.nvim_create_user_command('MlpyRun', function() require('mlpy').run({}) end, { desc = 'Run the ML file' })
vim.api.nvim_create_user_command('MlpyProfile', function() require('mlpy').run({ '--profile' }) end, { desc = 'Run the ML file and show what functions cost' })
vim.api.nvim_create_user_command('MlpyHottest', function() require('mlpy').execute('ml.profile.goToHottest', {}) end, { desc = 'Go to the hottest function' })
